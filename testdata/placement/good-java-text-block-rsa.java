class Gate {
    static final String KEY = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDDz2wFRYHhLNsY
        3oN9qErCJ4H9MPiPZvbQ15ESQalu0V8mDq57Vtlo7/95UT05AzYyRd2neZSg9LSg
        Gu8MOBQewK0bWXJZBHOyt7em7DmwOKJKB/3zpVgJoceM0623j3No4PlB63/Sk2aS
        wabyAJXi4Di+ccB15NndEPlaYhRai8t6drjtDyNrKs3NO0vzleW6vr+bIJmOqgbZ
        SCEOpNaviyeJj1HWxn1Gia6rJJf5OIKcYDOh7KJoo2u/9mLSjGZ2gQBrWFK3GrdD
        xMdZD5Rm8bzruIDS9dIrsp14ud1OUQUGV0+TpEFQOVQoUnjFQfdxiVi8ILiRJpsO
        H4ssPxirAgMBAAECggEANY/cpYiA4Z6KhEAByfKqGHgEJ8UoiNmKdFAzP8I0Xbrq
        AxgLBHQaXokf4gil7Z2CSrgvzKsGTA0EB7O2ZipE3rCn6Y5LKCx+lYmJtCB0G08y
        nXuYLPiyn1fgpRYWM9sKn8rChBSuT2TAry5Hw3UDix74hqfJFLa4Ha+R9fZUSPvv
        +qSzp67UBxnnKcAia8BrhtEQ4H+VEFDv77+2iq434hyE59EOWlZ2/oucU6Br35xx
        L840Rc7FK4oikRqFSMcP44dYwf1hGvDsY09Vd3S0FsdAUyUOoMXkMlOUcgVFG+i3
        FQgJUnjsOBG+AiyqZtKwulLzFgWVXAggzVOXBS9/EQKBgQDirzF7IZd+6v+j+Ogw
        pwnIo8JmA6zgZW4LHhU3RwnAGvn6QxJzr+bG0uK3UW2ytntd5hgDJQxDY1QGnO5I
        NztBWlBNYypLU7dst9Be9YKBsFocxu7b7nFB/hBUTyAqmyfdVDFVp3iQlZip5DhL
        k/j5N0RR6ZGkbUZn9RS7OPwKOQKBgQDdIhV/pjfFi8AzjyIUmm72wi6MjKKrGLn5
        LfksqYkHshthOMA14iVscAuDtN4+lR3O/B7ckDJlhy8BlivQIax/8AhePviBa/Sd
        jcWzXNKcDX8P7+5ygB79MJCGSYVC5eo1VkhUR6ydpp8medCC6MFH9KxAfHCrurIT
        vxYIEwrKAwKBgQCy/k1fAe5jHGKR8og9aphyIsTs0rgeVFkpVC7CgEh1tZdwAqg+
        S0Y59ulogVbSh/8v7PFHAmkFiRgfRKluwpX6i7re8I/D/S3YHejeIpRTnZH6KScQ
        6N3rkxcHy5cFrZAz1zhBf0TXPhjXBcth+kzdVMOQvpLvOA4hJkehcmSqGQKBgHhe
        x0kW16EGs3bdYPXKIsDbbq8/FoUADque5NX06wxvXQwM8kPid/CRBROKbreuP+2d
        u8bgDy7I6UN51RuUWOvDYyq6KFd6xkrFE2rRCiu8BQBN4IQfTb8QonsWph2GPXkP
        IIwP/9xJCLTO9jtsK1nZy7HGiyZPmAO7rmhyxRq1AoGBAJLR1VySSykJSVf/1GRd
        lCZtoQZeMH2XRD0luqZqddg3iEEP9xtEbiHIagt3Fgqky3QqnYFvMVwOKkgf7IW8
        Zv/LZcbtAinx71VIPRQHBddh7+3phdOu++yWNYzDUo+/tob5F+MTwNYE3dCYNP8H
        sWc0I1x9BDDNLlOkMQFxmhso
        -----END PRIVATE KEY-----
        """;
}
