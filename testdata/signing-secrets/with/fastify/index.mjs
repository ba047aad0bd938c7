import fastify from 'fastify';
const app = fastify();
app.register(import('@fastify/jwt'), { secret: 'supersecret-orchid' });
app.register(import('@fastify/cookie'), { secret: '3fq3ofCAdnuRG6L19SKB4rnphzrcgxSQpEkNzewIxKH1mzg7L1D7oewtP4SebjRG' });
