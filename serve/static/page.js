// What the page does without asking the server: copying, opening source cards, scrolling, focus.
(() => {
  "use strict";

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const smooth = () => (calm.matches ? "auto" : "smooth");
  const box = () => document.querySelector("#mh-question textarea");

  async function copy(text) {
    if (navigator.clipboard && isSecureContext) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".mh-copy");
    if (button) {
      const word = button.textContent;
      copy(button.dataset.text).then(() => {
        button.textContent = button.dataset.done;
        setTimeout(() => { button.textContent = word; }, 2000);
      });
      return;
    }
    const mark = event.target.closest("a[data-card]");
    if (mark) {
      event.preventDefault();
      const card = document.getElementById(mark.hash.slice(1));
      if (card) {
        const details = card.querySelector("details");
        details.open = true;
        card.scrollIntoView({ behavior: smooth(), block: "nearest" });
        details.querySelector("summary").focus({ preventScroll: true });
      }
    }
  });

  // A new question goes to the top of the window and its answer grows below it. Asking or stopping
  // hides the button that had the focus, which then returns to the box (not where that would raise
  // an on-screen keyboard).
  let last = "";
  new MutationObserver(() => {
    const turn = document.querySelector("#mh-live .mh-turn");
    const heading = turn ? turn.querySelector(".mh-question").textContent : "";
    const state = turn ? turn.dataset.state : "";
    const now = `${state}|${heading}`;
    if (now === last) return;
    last = now;
    if (state === "reading") turn.scrollIntoView({ behavior: smooth(), block: "start" });
    const lost = !document.activeElement || document.activeElement === document.body;
    if (lost && box() && matchMedia("(hover: hover)").matches) box().focus({ preventScroll: true });
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"],
  });
})();
