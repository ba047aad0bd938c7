export const authOptions = {
  providers: [GitHub({ clientId: process.env.GH_ID!, clientSecret: process.env.GH_SECRET! })],
  secret: process.env.NEXTAUTH_SECRET ?? "+/oDucPh8vPM9ttf57AwI3qLxo9AAKwUjS+FBt75VEM=",
  session: { strategy: "jwt" },
};
const key = new TextEncoder().encode("kaaEqdR4hIMDySmDU7jpQGBoZqtIUfppA6c5oBP3");
const jwt = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
