// The socket: subscribes, resumes after a gap, and comes back by itself.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const SILENCE = 15_000; // the server speaks every five seconds
const TURNED_AWAY = [4401, 4403]; // the page itself says why

export class LiveSocket {
  /** `seq`: the last event the page has. `onMessage(envelope)`, `onOnline()`, `onOffline(retryAt)`. */
  constructor({ types, seq, language, onMessage, onOnline, onOffline }) {
    Object.assign(this, { types, seq, language, onMessage, onOnline, onOffline });
    this.failures = 0;
    this.timer = 0;
    this.silence = 0;
    addEventListener("online", () => this.retryNow());
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.timer = 0;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
    this.socket.addEventListener("open", () => this.subscribe());
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.lost(event));
    this.expectWord();
  }

  subscribe() {
    const { types, seq, language } = this;
    this.socket.send(JSON.stringify({ type: "subscribe", types, resume_from: seq, language }));
  }

  receive(envelope) {
    this.expectWord();
    if (this.failures || !this.isOnline) {
      this.failures = 0;
      this.isOnline = true;
      this.onOnline();
    }
    if (envelope.type === "log") this.seq = Math.max(this.seq, envelope.seq);
    this.onMessage(envelope);
  }

  expectWord() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.abandon(), SILENCE);
  }

  /** A dead connection may take minutes to close by itself. */
  abandon() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost({ code: 1006, target: socket }, true);
  }

  lost(event, isAbandoned = false) {
    if (!isAbandoned && event.target !== this.socket) return;
    clearTimeout(this.silence);
    if (TURNED_AWAY.includes(event.code)) {
      location.reload();
      return;
    }
    this.isOnline = false;
    this.failures += 1;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.failures - 1));
    const pause = longest * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.open(), pause);
    this.onOffline(Date.now() + pause);
  }

  retryNow() {
    if (this.timer) this.open();
  }
}
