JwtModule.registerAsync({
  useFactory: (c: ConfigService) => ({ secret: c.get<string>('JWT_SECRET'), signOptions: { expiresIn: c.get('JWT_TTL') } }),
});
