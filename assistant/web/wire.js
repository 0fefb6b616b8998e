// Runs once, as the js_on_load of the page's "wire" component: Gradio gives `props`, `trigger` and `watch`. It only
// carries what the page asks to the server and what the server says of a turn back; page.js and its modules do the rest.

window.yijuWire = {
  ask: (data) => trigger("ask", data), // Gradio looks for the names of events in this text
};
watch("value", () => props.value && dispatchEvent(new CustomEvent("yiju:shown", { detail: props.value })));
