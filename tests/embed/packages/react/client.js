import { createElement, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./app.js";

// A large site's program comes after the small script of the player.
setTimeout(() => startTransition(() => hydrateRoot(document.getElementById("root"), createElement(App))), 500);
