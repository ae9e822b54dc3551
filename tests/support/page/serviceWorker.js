// The page's service worker. It lets everything through, and asks somebody elsewhere when it is told to: the policy of
// the page does not hold for it, only its own.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
self.addEventListener("message", async ({ data, ports: [port] }) => {
  const asked = await fetch(data, { mode: "no-cors" }).then(() => "reached", () => "kept away");
  port.postMessage(asked);
});
