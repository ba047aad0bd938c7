it('signs', () => {
  const sig = crypto.createHmac('sha256', secret).update(body).digest('hex');
  expect(sig).toBe('04c9091b8ec7463e364c45be2fe45903ac2e48974e253de114b7613887dac469');
  expect(crypto.createHash('sha256').update('hello').digest('hex')).toBe('325c1dc928178e7f986c4a655e5c0c9038dd7fe5f54feb6c28f285c8be3218dd');
});
stripe.webhooks.constructEvent(body, sig, process.env.STRIPE_WEBHOOK_SECRET!);
