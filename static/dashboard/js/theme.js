// Runs before the first paint. Dark unless the machine prefers light; a choice made here wins.
(() => {
  const root = document.documentElement;
  const prefersLight = matchMedia("(prefers-color-scheme: light)");

  const apply = () => {
    const chosen = localStorage.getItem("theme");
    root.dataset.theme = chosen ?? (prefersLight.matches ? "light" : "dark");
  };

  apply();
  prefersLight.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
})();
