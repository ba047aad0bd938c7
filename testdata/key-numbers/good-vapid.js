webpush.setVapidDetails(
  'mailto:ada@example.com',
  'BHBy9KwtksFnP8VwGxE37ePcVrQvqQzN2SloujylQg_N8nVazXPnL4uL8NPzl36ryaHNdNq6lLqdy19hqJjQ2wY',
  'gS0ZoCFy9mm0s7VuXUzJuRyFPgfUtRTbXWluAr2ZWSU'
);
