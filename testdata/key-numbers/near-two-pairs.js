webpush.setVapidDetails(
  'mailto:ada@example.com',
  'BNi7qRQCP-MOXefbvqZCSVURCTLuEWcgr2w3J1q6WzRNdH5BlaMDdSqrS8-nL28sq-LQgr9zkOkcbtxV_cKo8y4',
  'NTS66y-jUi9i1SlHhGGrXLKN29jGStnyO7G_CZZcwVY'
);
