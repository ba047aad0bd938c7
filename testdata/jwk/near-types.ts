export interface Jwk {
  kty: "RSA" | "EC" | "OKP" | "oct";
  n?: string;
  e?: string;
  d?: string;
  k?: string;
}
