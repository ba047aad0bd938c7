const jwt = await new SignJWT(claims).signWith(account, '238e3e637f3398707d2d307cf8dc77d3cf18952c501b53d4dc3176a222afcd43');
