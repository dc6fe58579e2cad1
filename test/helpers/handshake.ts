import { request } from "http";
import * as tls from "tls";

/** The certificate that an address shows under a name. Throws when it has none. */
export function certificateAt(address: string, name: string): Promise<tls.PeerCertificate> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port: 443, servername: name, rejectUnauthorized: false };
    const socket = tls.connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** What plain HTTP says at an address, asked by a name: the status, and where it redirects to. */
export function plainAnswer(address: string, name: string, port = 80): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path: "/", headers: { host: name } }, (answer) => {
      answer.resume();
      resolve(`${answer.statusCode} ${answer.headers.location ?? ""}`.trim());
    });
    asked.on("error", reject);
    asked.end();
  });
}
