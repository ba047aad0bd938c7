@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        secret: config.get<string>('JWT_SECRET') ?? 'jhEBKe30g1NXZ5bgxfhquRcKn1KeuoVRILTXdmIJ',
        signOptions: { expiresIn: '1h' },
      }),
    }),
  ],
})
export class AuthModule {}

export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: 'secretKey',
    });
  }
}
