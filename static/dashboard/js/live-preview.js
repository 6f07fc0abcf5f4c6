// What the desk answers while a field is being filled: the newest answer only, after a pause in typing.

const PAUSE = 300; // ms

/** `ask(value)` gives a promise, `show(answer)` draws it; `wait()` is called when an answer is on its way. */
export function follow({ field, read, ask, show, wait = () => {} }) {
  let asked = 0;
  let timer = 0;
  const now = async () => {
    const mine = ++asked;
    const answer = await ask(read());
    if (mine === asked) show(answer);
  };
  field?.addEventListener("input", () => {
    asked += 1;
    clearTimeout(timer);
    wait();
    timer = setTimeout(now, PAUSE);
  });
  wait();
  now();
}
