import { JwtModule } from '@nestjs/jwt';
@Module({
  imports: [
    JwtModule.register({
      secret: 'dolphin-rides-the-wave',
      signOptions: { expiresIn: '60s' },
    }),
  ],
})
export class AuthModule {}
