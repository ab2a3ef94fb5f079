// What the page does itself: copying, opening source cards, scrolling, focus, and handing presses
// on elements with data-act to Gradio. Its secret number is what a reader's own chats are kept under.
(() => {
  "use strict";

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const smooth = () => (calm.matches ? "auto" : "smooth");
  const box = () => document.querySelector("#mh-question textarea");

  window.mastheadSecret = () => {
    try {
      let secret = localStorage.getItem("masthead-secret");
      if (!secret) {
        const bytes = crypto.getRandomValues(new Uint8Array(32));
        secret = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
        localStorage.setItem("masthead-secret", secret);
      }
      return secret;
    } catch {
      return ""; // storage is off: chats cannot be listed, questions can be asked
    }
  };

  function act(element, more) {
    const { act, turn, thumb, chat } = element.dataset;
    const detail = { do: act, turn: Number(turn) || 0, thumb, chat, ...more };
    element.dispatchEvent(new CustomEvent("mh-act", { bubbles: true, detail }));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".mh-why");
    if (!form) return;
    event.preventDefault();
    const reason = form.querySelector("input:checked")?.value || "";
    act(form, { do: "thumb", thumb: "down", reason, better: form.querySelector("textarea").value });
  });

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
    const pressed = event.target.closest("button[data-act]");
    if (pressed) {
      if (pressed.dataset.sure && !pressed.classList.contains("mh-sure")) {
        pressed.classList.add("mh-sure");
        pressed.textContent = pressed.dataset.sure;
        pressed.removeAttribute("aria-label");
        return;
      }
      act(pressed);
      return;
    }
    const why = event.target.closest(".mh-down > summary");
    if (why) {
      const form = why.nextElementSibling; // it opens after this event
      setTimeout(() => form.scrollIntoView({ behavior: smooth(), block: "nearest" }), 0);
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
