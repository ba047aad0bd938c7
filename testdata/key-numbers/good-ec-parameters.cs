var parameters = new ECParameters
{
    Curve = ECCurve.NamedCurves.nistP256,
    D = Convert.FromBase64String("wocCGr0fjU61z1Z1MQl64/xxttPrJTSZy3OsBFGJy9w="),
    Q = new ECPoint { X = Convert.FromBase64String("3jMEbL/wPMJ+rPQnRcQD/RkAie384g5Qa4v/3DocuJs="), Y = Convert.FromBase64String("e3A1K15Q1suOurMATt1fg/fBhnrZZH3zqhMAaA3XlqU=") }
};
