INSERT INTO users (email, password_hash, totp) VALUES
  ('a@acme.test', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', NULL);
INSERT INTO signatures (doc, sha256, signature) VALUES (1, '52f96c22b8bdea165577264aca56015155b35063f6e8ec6e1f67b7881786d5a3', '6iivWgswFzYE82aR0SwxpcoYMB/GDx1AFxOmFFQZIwFSH7Z7Dj4/y+BISdhv/BMPvkiSUEoaGekww+t/InBpEQ==');
