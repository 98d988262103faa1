// What mdBook leaves out for readers who use a keyboard or have pages read to them.
{
  for (const bar of document.querySelectorAll("#mdbook-menu-bar")) bar.setAttribute("role", "banner");

  // The button for the table of contents is a label that says whether it is expanded, which labels cannot.
  const toggle = document.querySelector("label#mdbook-sidebar-toggle");
  const checkbox = document.getElementById("mdbook-sidebar-toggle-anchor");
  if (toggle && checkbox) {
    const button = document.createElement("button");
    for (const { name, value } of toggle.attributes) if (name !== "for") button.setAttribute(name, value);
    button.type = "button";
    button.append(...toggle.childNodes);
    const say = () => button.setAttribute("aria-expanded", String(checkbox.checked));
    button.addEventListener("click", () => checkbox.click());
    checkbox.addEventListener("change", say);
    say();
    toggle.replaceWith(button);
  }

  const reachable = () => {
    for (const code of document.querySelectorAll("main pre > code")) if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  };
  reachable();
  addEventListener("resize", reachable);
}
