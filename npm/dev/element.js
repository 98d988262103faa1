import "./inside.js";

export * from "../element.js";
