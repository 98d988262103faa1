// Builds elements in one expression; text is never parsed as markup.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M5 3l8 5-8 5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  back: "M11.5 3.5L4.5 8l7 4.5z",
  forward: "M4.5 3.5l7 4.5-7 4.5z",
  check: "M3 8.5l3 3 7-7",
  cross: "M4 4l8 8M12 4l-8 8",
  corner: "M3 3h10v10z",
  ring: "M8 3a5 5 0 1 1 0 10a5 5 0 0 1 0-10z",
  question: "M5.5 6Q5.5 3.5 8 3.5T10.5 6Q10.5 7.5 8 8.5V10M8 12.5h.01",
};

export function icon(name) {
  return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }));
}

/** A still picture of a player; if it does not load, it takes no room. */
export function still(src, label) {
  const picture = h("img", { alt: `${label}, a still picture`, part: "poster-image", onerror: () => picture.remove() });
  picture.src = src;
  return picture;
}
