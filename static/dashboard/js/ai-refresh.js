// Pages of the AI bot ask for their data again when the socket tells of something that may have changed it.
import { pageData } from "./api.js";
import { state } from "./shell.js";

const PAUSE = 1500; // ms: a look writes its decision, its cost and its outcome one after the other

/**
 * For startDesk: hears each decision, and events of `kinds`. `draw(data)` gets the page's data; a page that nobody
 * looks at waits until it is looked at.
 */
export function refreshing(draw, { kinds = [], more = {} } = {}) {
  let timer = 0;
  let isStale = false;
  let heard = null;

  async function refresh() {
    if (document.hidden) {
      isStale = true;
      return;
    }
    isStale = false;
    const found = await pageData();
    if (found) draw(found);
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  }

  document.addEventListener("visibilitychange", () => isStale && soon());
  return {
    show: {
      ...more,
      decision() {
        const { decision } = state;
        const told = JSON.stringify(decision ?? null);
        if (heard !== null && heard !== told) soon();
        heard = told;
      },
    },
    onEvents(events) {
      if (events.length === 1 && kinds.includes(events[0].kind)) soon();
    },
  };
}
