// Browsers heed Clear-Site-Data over TLS and on this machine only. In a network at home the chats are taken away by hand.
const said = document.getElementById("cleared");

const remove = (name) => new Promise((resolve, reject) => {
  const asked = indexedDB.deleteDatabase(name);
  asked.onsuccess = resolve;
  asked.onerror = reject;
  asked.onblocked = () => {
    said.textContent = "Close the other windows of NextChat: they hold on to the chats that are kept in this browser.";
  };
});

try {
  localStorage.clear();
  sessionStorage.clear();
  const kept = await indexedDB.databases();
  await Promise.all(kept.map(({ name }) => remove(name)));
  said.textContent = "The chats that NextChat kept in this browser are gone.";
} catch {
  said.textContent = "This browser does not let chats be taken away from here. Its settings do: clear the data of this site.";
}
