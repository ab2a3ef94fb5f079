// One script tag on another site: a button that opens the assistant in a frame. Everything lies in a
// closed shadow root under one element, so neither page can style or break the other. Styles are
// built as objects, which no Content-Security-Policy of the page refuses; the frame is its only need.
(() => {
  "use strict";

  const tag = document.currentScript;
  if (!tag || window.mastheadWidget) return;
  window.mastheadWidget = true;
  const home = new URL(tag.src).origin;
  const brand = BRAND_AS_JSON;
  const label = tag.dataset.label || `Ask ${brand.name}`;

  function start() {
    const host = document.createElement("masthead-widget");
    const root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { all: initial; position: fixed; right: 0; bottom: 0; z-index: 2147483000; }
      button { font: 600 16px/1 ui-sans-serif, system-ui, sans-serif; cursor: pointer; border: 0;
        color: ${brand.onAccent}; background: ${brand.accent}; }
      button:focus-visible { outline: 3px solid ${brand.accent}; outline-offset: 3px; }
      .open { position: fixed; right: 20px; bottom: 20px; max-width: calc(100vw - 40px);
        padding: 16px 22px; border-radius: 28px; box-shadow: 0 2px 14px rgb(0 0 0 / .25); }
      .panel { position: fixed; right: 20px; bottom: 20px; width: min(420px, calc(100vw - 40px));
        height: min(680px, calc(100dvh - 40px)); display: flex; flex-direction: column;
        border-radius: 14px; overflow: hidden; background: ${brand.background};
        box-shadow: 0 6px 40px rgb(0 0 0 / .3); }
      [hidden] { display: none; }
      .close { padding: 13px 18px; text-align: right; }
      iframe { flex: 1; width: 100%; border: 0; color-scheme: auto; }
      @media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border-radius: 0; } }
    `);
    root.adoptedStyleSheets = [sheet];

    const open = document.createElement("button");
    open.type = "button";
    open.className = "open";
    open.textContent = label;
    const panel = document.createElement("div");
    panel.className = "panel";
    panel.hidden = true;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", label);
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close";
    close.textContent = "Close";
    panel.append(close);
    root.append(open, panel);

    const show = (shown) => {
      if (shown && panel.children.length < 2) {
        const frame = document.createElement("iframe");
        frame.title = label;
        frame.allow = "clipboard-write";
        frame.src = `${home}/widget`;
        panel.append(frame);
      }
      panel.hidden = !shown;
      open.hidden = shown;
      (shown ? close : open).focus();
    };
    open.addEventListener("click", () => show(true));
    close.addEventListener("click", () => show(false));
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });
    document.body.append(host);
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
