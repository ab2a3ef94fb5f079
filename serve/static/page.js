// What the page does itself: copying, showing and opening sources, scrolling, focus, and handing presses
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

  const stored = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return value;
    }
  };
  window.mastheadLength = () => document.querySelector(".mh-lengths input:checked")?.value || "";

  function act(element, more) {
    const { act, turn, thumb, chat, text } = element.dataset;
    const detail = { do: act, turn: Number(turn) || 0, thumb, chat, text, ...more };
    element.dispatchEvent(new CustomEvent("mh-act", { bubbles: true, detail }));
  }

  document.addEventListener("change", (event) => {
    if (event.target.name === "mh-length") stored("masthead-length", event.target.value);
  });

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

  // A mark's source beside it: to look at while the pointer or the focus is there; after a tap it
  // stays, takes the focus, and holds the link. The same stands in the list below the answer.
  let peek = null;
  let leaving = 0;
  let touched = false;
  const markOf = (event) => event.target.closest?.("a[data-source]");

  function showPeek(mark, held) {
    const card = document.getElementById(mark.dataset.source);
    if (!card || (peek?.mark === mark && !held)) return clearTimeout(leaving);
    hidePeek();
    const shown = document.createElement("aside");
    shown.className = "mh-peek";
    for (const part of [".mh-title", ".mh-meta", ".mh-passage"]) {
      shown.append(card.querySelector(part).cloneNode(true));
    }
    if (held) {
      shown.setAttribute("role", "dialog");
      shown.setAttribute("aria-label", mark.getAttribute("aria-label"));
      shown.tabIndex = -1;
    } else {
      shown.setAttribute("aria-hidden", "true"); // a screen reader has the label and the list
      shown.querySelectorAll("a").forEach((link) => { link.tabIndex = -1; });
    }
    document.querySelector(".gradio-container").append(shown);
    const at = mark.getBoundingClientRect();
    const { width, height } = shown.getBoundingClientRect();
    const above = at.bottom + height + 12 > innerHeight && at.top > height + 12;
    shown.style.top = `${above ? at.top - height - 8 : at.bottom + 8}px`;
    shown.style.left = `${Math.max(12, Math.min(at.left - 24, innerWidth - width - 12))}px`;
    const passage = shown.querySelector(".mh-passage");
    const first = passage.querySelector("mark");
    if (first) passage.scrollTop = first.offsetTop - passage.offsetTop - 8;
    peek = { shown, mark, held };
    if (held) shown.focus({ preventScroll: true });
  }

  function hidePeek() {
    clearTimeout(leaving);
    peek?.shown.remove();
    peek = null;
  }

  const leave = () => { clearTimeout(leaving); leaving = setTimeout(hidePeek, 250); };
  document.addEventListener("pointerover", (event) => {
    const mark = event.pointerType === "mouse" && markOf(event);
    if (mark) showPeek(mark, false);
    else if (peek && !peek.held) peek.shown.contains(event.target) ? clearTimeout(leaving) : leave();
  });
  document.addEventListener("focusin", (event) => {
    const mark = markOf(event);
    if (mark?.matches(":focus-visible") && !touched) showPeek(mark, false);
    else if (peek && !peek.shown.contains(event.target)) hidePeek();
  });
  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    if (peek && !peek.shown.contains(event.target) && !markOf(event)) hidePeek();
  });
  document.addEventListener("click", (event) => {
    const mark = touched && markOf(event);
    if (!mark || !document.getElementById(mark.dataset.source)) return;
    event.preventDefault();
    event.stopPropagation();
    showPeek(mark, true);
  }, true);
  document.addEventListener("keydown", (event) => {
    touched = false;
    if (event.key !== "Escape" || !peek) return;
    const { mark, held } = peek;
    hidePeek();
    if (held) mark.focus({ preventScroll: true });
  });
  document.addEventListener("scroll", () => { if (!peek?.held) hidePeek(); }, { passive: true });

  // A new question goes to the top of the window and its answer grows below it. Asking or stopping
  // hides the button that had the focus, which then returns to the box (not where that would raise
  // an on-screen keyboard).
  let last = "";
  let lengthSet = false;
  new MutationObserver(() => {
    const name = document.querySelector(".mh-name")?.textContent; // Gradio's is the one at its start
    if (name && document.title !== name) document.title = name;
    const lengths = document.querySelector(".mh-lengths");
    if (lengths && !lengthSet) {
      lengthSet = true;
      const chosen = lengths.querySelector(`[value="${stored("masthead-length") || "normal"}"]`);
      if (chosen) chosen.checked = true;
    }
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
