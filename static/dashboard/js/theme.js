// Runs before the first paint. Dark, until somebody chooses light here.
(() => {
  const root = document.documentElement;

  const apply = () => {
    root.dataset.theme = localStorage.getItem("theme") ?? "dark";
  };

  apply();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
})();
