// The API in a page or a worker.
import { loader } from "./load.js";

export const load = loader();
