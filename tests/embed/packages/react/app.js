// A site as Docusaurus makes them, with Docusaurus' own markup of code blocks: React takes over what the server wrote, then writes
// every block anew, since only the browser knows the theme; other pages come without a load.
import { createContext, createElement as h, useContext, useEffect, useState } from "react";

const Browser = createContext(false);
const PAGES = {
  first: [
    ["dm-cache-lab", ["scenario: reload-while-live", "caption: Four blocks are lost."]],
    ["dm-cache-lab", ["# Without the first line", "disk meta 4M", "$ echo react"]],
    ["sh", ["dmsetup ls"]],
  ],
  second: [["dm-cache-lab", ["scenario: crash"]]],
};

function Code({ language, lines }) {
  const code = lines.map((line, n) => h("span", { key: n, className: "token-line" }, h("span", { className: "token plain" }, line), h("br")));
  return h("div", { className: `language-${language} codeBlockContainer theme-code-block` },
    h("div", { className: "codeBlockContent" },
      h("pre", { tabIndex: 0, className: `prism-code language-${language} codeBlock thin-scrollbar` }, h("code", { className: "codeBlockLines" }, code)),
      h("div", { className: "buttonGroup" }, h("button", { type: "button", className: "clean-btn" }, "Copy"))));
}

const Block = (block) => h(Code, { key: String(useContext(Browser)), ...block });

export function App() {
  const [shown, show] = useState("first");
  const [browser, set] = useState(false);
  useEffect(() => set(true), []);
  useEffect(() => {
    document.documentElement.dataset.hasHydrated = String(browser);
  }, [browser]);
  const blocks = PAGES[shown].map(([language, lines], n) => h(Block, { key: n, language, lines }));
  const links = Object.keys(PAGES).map((name) => h("button", { key: name, onClick: () => show(name) }, `Go to ${name}`));
  return h(Browser.Provider, { value: browser }, h("nav", null, links), h("article", { key: shown }, h("h1", null, shown), blocks));
}
