var parameters = new RSAParameters
{
    Modulus = Convert.FromBase64String("y5N1Gpi3X3aT8SbPy2ifjIPjj5D7u9D9rh4MtHbrBcRlLrA7MH+3K2/rT2Xi/wuzZ5jHwIy10PKxZhnDCNajOHBe8GcMlEAm6PvKigU/b2REcHH4AsktKkIRkpP67PeZDVnoktijpQTv63ssW8dY6wRmLYx0x4u7f4T1mHBZJ+U="),
    Exponent = Convert.FromBase64String("AQAB"),
};
