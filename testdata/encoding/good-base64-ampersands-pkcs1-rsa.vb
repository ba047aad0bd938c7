Const Key As String = "MIIEogIBAAKCAQEAsJHs1BJdjzI9n5Y3Fa1Pzh7jAiDmMYNQFftbf13zYyf5o7hS" & _
    "lm/yVIOcUm/V6eKdGKafrZdNrE0I6smNWVX6Fh+etoc3XLd+Gv+umuS8JWv6ePPy" & _
    "GYAAi8ioczR4JN6HHoZ4w66w9kBhbYGHSgrUZaHGrTRdQh3JXwdqZ+OryEDfk+Us" & _
    "rn3k568YUZmfEoKf+PafYiZDcNh2SQAEy3w8ijRyXH9gNEczknJGtyJP+8ljMMjN" & _
    "hS+TcKF7mdwllNYxQBj+TwAH1Xth4JPM1o1vTKz+5n+Iqg1Ru36w3/h6vPC9hL6b" & _
    "dgkGQGg4ZZz7sZ7JCW8AkGXPs4cGnw316TyUzQIDAQABAoIBACXM47jmAqISlSc6" & _
    "WyoYm55qtdohjW5ZqJZAJM8wX5fhebvvTLz4k9Y8g8WRPCgxU8TwfPxGiUIjDs7m" & _
    "3cwbkCnW1J1KdtNyU/y3Mpvl7pKLWoi03uZPJS7HwypAuBzah+5ExwtLdYaOc10k" & _
    "bwBur5hfaR9w96sdIdxmg8TgdIju4Q6qxG3iDd6ALJmigwiBSZAO1+aTddq7iHI0" & _
    "XvQULP8bIrp2unGYQgtGl1cH/U5246LJT6ADa6cYXYkrznHqz8q2SHc2Gff1a+pw" & _
    "O6/X4AjWJkch2KroSPB4oWjkBKNFyRf6A3k5zPxiuYxQi4blfFzrPWs6zrf9KuqF" & _
    "4fSbRPkCgYEA6Z8jOoBfw9315K6WL9+rNwUWkIrP1yUOA8veu3NglrEPCBpH5s+9" & _
    "A16dxcLXdJuVNQuSz+9+uMdawMYAKhHj5Ljvs7QtEXwwITSwQANWpnMLJhXuyJYJ" & _
    "V1G1PMLyJs5xyuYuQ8Y10EjKPnzEldaHcYr8F+EqqfOfjuMQxEtUrlkCgYEAwXvF" & _
    "CE47QTEGcONz5G5CWtQJg6jxwnAVsRCN490hVbI+Hndgx+oP/YgqohsEyiJG49a1" & _
    "C7AQpOX0OOUkNCctOLUfUQu7G0c37EfEzYU7mD4iTHkJJJn7DKZ5Ci8lBIE5jhKv" & _
    "kmv8IiTRhMSFEekH9uwxoGzYz13EwYFSX1jGk5UCgYAbWidsvQT5UK5uZMZuung4" & _
    "S981cxscbFk0tpTQS5Teb8J7x1/ttRrDHzvHoKVLIMAaYs2AjODAT47fjQ8N3eRZ" & _
    "rhFab9jq+ChGav3LsNhfSo7emajIUVCsqYNXptdlFbya7dIy2y0Hws3y/PajOGfJ" & _
    "MmWLgjBVj5F50DnxUYSLmQKBgEnIiTrBmpchuvMRygAyi9tXQMmUg51CYQNE7NcY" & _
    "XL3xWv8DR0T1XWOxqZBn/UuYBrCcEC6E1dQMXTXVLBk3V2doqqidcJzWa90PAV3e" & _
    "kPtdtnazMWljzvjkAwR/Nf6hyPEE7y9HPr9Gix+2UYii9QaUy9gBqixp9b5VMrRp" & _
    "hlCBAoGAZ3OUlZniJB+Ahq8IIK22p8ZIfjmvmA++Y99ne9MuOAvbXehQXwz6TZSI" & _
    "zL67Oe07yqD9yL6rHG8JwVaQt3r6GYu5nz7YTmXn68XdCMEM8NPSzxtTfm7Yic1y" & _
    "LHbAMgXs4uQ/QX+33LsCxLcRGr5HXzPZzeA5HYfw04ivYWPycC8="
