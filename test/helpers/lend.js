const { connect, createServer } = require("net");

/** `node lend.js PORT SOCKET`: what comes to this port of the loopback goes to the socket. */
const [port, socket] = process.argv.slice(2);
createServer((client) => {
  const other = connect(socket);
  client.on("error", () => other.destroy()).on("close", () => other.destroy());
  other.on("error", () => client.destroy()).on("close", () => client.destroy());
  client.pipe(other).pipe(client);
}).listen(Number(port), "127.0.0.1");
