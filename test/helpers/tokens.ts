import { createSign, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { selfSigned } from "./certificate";
import { LOGIN } from "./registry";

const SERVICE = "registry.test";
const ISSUER = "tokens.test";

/** Gives out tokens as registries want them; whether they are as specified says the registry that takes them. */
export class TokenServer {
  private readonly pem = selfSigned("tokens.test");
  private server?: Server;
  /** Scopes that were asked for. */
  readonly asked: string[] = [];

  /** What a registry must be told to trust it. `file`: keeps a text, and returns its path. */
  async start(file: (name: string, content: string) => string) {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const basic = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
      const isKnown = request.headers.authorization === `Basic ${basic}`;
      const scopes = url.searchParams.getAll("scope");
      this.asked.push(...scopes);
      const body = isKnown
        ? { token: this.token(scopes) }
        : { errors: [{ code: "UNAUTHORIZED", message: "no such login" }] };
      response.writeHead(isKnown ? 200 : 401, {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => this.server!.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return {
      token: {
        realm: `http://127.0.0.1:${port}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: file("tokens.pem", this.pem.cert),
      },
    };
  }

  stop(): void {
    this.server?.close();
  }

  /** For all that is asked, but for the list of all repositories. */
  private token(scopes: string[]): string {
    const access = scopes.flatMap((scope) => {
      const [type, name, actions] = scope.split(":");
      return type === "repository" ? [{ type, name, actions: actions!.split(",") }] : [];
    });
    const now = Math.floor(Date.now() / 1000);
    const der = this.pem.cert.replace(/-----[^-]+-----|\s/g, "");
    const parts = [
      { typ: "JWT", alg: "ES256", x5c: [der] },
      {
        ...{
          iss: ISSUER,
          sub: LOGIN.username,
          aud: SERVICE,
          jti: randomUUID(),
          access,
        },
        ...{ iat: now, nbf: now - 10, exp: now + 300 },
      },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    const signing = createSign("SHA256").update(parts.join("."));
    const signed = signing.sign({
      key: this.pem.key,
      dsaEncoding: "ieee-p1363",
    });
    return [...parts, signed.toString("base64url")].join(".");
  }
}
