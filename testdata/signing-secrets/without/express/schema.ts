export const schema = z.object({ JWT_SECRET: z.string().min(32), SESSION_SECRET: z.string() });
type Options = { secret: string; signingKey?: string };
const secret: string = config.get('jwt.secret');
