// Curves: the element lab-plot draws the columns of its attribute `data` with uPlot. Loaded when first needed.
// uPlot's small build is a classic script: it leaves itself behind as a global.
await new Promise((loaded, failed) => {
  const script = Object.assign(document.createElement("script"), { src: new URL("uPlot.iife.min.js", import.meta.url), onload: loaded, onerror: failed });
  document.head.append(script);
});
const { uPlot } = globalThis;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const HEIGHT = 220;

class LabPlot extends HTMLElement {
  static observedAttributes = ["data", "step"];

  connectedCallback() {
    this.resized = new ResizeObserver(() => this.plot?.setSize({ width: this.clientWidth, height: HEIGHT }));
    this.resized.observe(this);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.dark.addEventListener("change", this.redraw);
    this.themed = new MutationObserver(this.redraw);
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.draw();
  }

  disconnectedCallback() {
    this.resized.disconnect();
    this.themed.disconnect();
    this.dark.removeEventListener("change", this.redraw);
    this.plot?.destroy();
    this.plot = undefined;
  }

  attributeChangedCallback(name) {
    if (!this.isConnected) return;
    if (name === "data") this.draw();
    else this.plot?.redraw(false);
  }

  draw() {
    this.plot?.destroy();
    const line = { stroke: css("--line"), width: 1 };
    const axis = { stroke: css("--ink3"), grid: line, ticks: line, font: "11px system-ui, sans-serif" };
    const step = uPlot.paths.stepped({ align: 1 });
    const curve = (label, scale, stroke, dash) => ({ label, scale, stroke, width: 2, dash, paths: step, points: { show: false } });
    this.plot = new uPlot(
      {
        width: this.clientWidth || 600,
        height: HEIGHT,
        scales: { x: { time: false }, "%": { range: [0, 100] } },
        axes: [
          { ...axis, label: "step", labelSize: 16 },
          { ...axis, scale: "%", values: (_, all) => all.map((v) => `${v} %`), size: 56 },
          { ...axis, scale: "blocks", side: 1, grid: { show: false }, size: 56 },
        ],
        series: [
          { label: "step" },
          curve("hit ratio", "%", css("--a")),
          curve("dirty blocks", "blocks", css("--dirty"), [6, 4]),
          curve("promotions", "blocks", css("--b"), [2, 3]),
        ],
        hooks: {
          draw: [
            (plot) => {
              // Where the playhead is.
              const x = plot.valToPos(Number(this.getAttribute("step")), "x", true);
              const { ctx, bbox } = plot;
              ctx.save();
              ctx.strokeStyle = css("--ink");
              ctx.setLineDash([]);
              ctx.lineWidth = 1.5 * devicePixelRatio;
              ctx.beginPath();
              ctx.moveTo(x, bbox.top);
              ctx.lineTo(x, bbox.top + bbox.height);
              ctx.stroke();
              ctx.restore();
            },
          ],
        },
      },
      JSON.parse(this.getAttribute("data")),
      this,
    );
    this.dataset.drawn = "true";
  }
}

customElements.define("lab-plot", LabPlot);
