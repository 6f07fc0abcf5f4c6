// A page that shows nothing live but its frame.
import { startDesk } from "./shell.js";

startDesk();
