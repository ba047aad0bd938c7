class Gate {
    static final String KEY =
        "MIIEowIBAAKCAQEAn9gYrqDFr90v9LIQEg4LwBePjcGrBK29wpTOF0iJvhDRgckc" +
        "cBhrW+/7LcN81rFsHBHy9vJMOlQy/LeqhqcxJj6m8JNe+svjkVyMeucy6osAh2xv" +
        "bKUHc9X65k/gUDfqI9MgO5wduZAgNWi668XrOFSkQh04GpPOYUThoHieh7WTKIUi" +
        "7hwN6A7QyIz4DD8ILzRBVN+QSnOXjx9JfigSg65wnwcb4IKbVnLKaMdh5CZMtTm4" +
        "jPk/Plpymep3/JT8gPiZ4deG035NpVJhZ+1Jwg79A6xdASPVehLhA0tAY13AvuY/" +
        "Ku2oXT/CSq1e+90tNfgGb+BVXkSSXrR1GRrQbQIDAQABAoIBAAH4MCmqqnTlxUr/" +
        "DKqkSKnHwImPGtPWbjGhEr7/sk7It0QhnbuV2XDLDq28LGQa0ImyAOvhBWZslio9" +
        "+xhoo/bkK7toHXH6pCWs3cA/7AUuzEVe5SqSB/r55nsC/fEPF0/0sH97h3Q7XeI6" +
        "lZ8FE8ZgaJu173SIYLEbH6qSAeYLJi8Nso6GZ5f+NfWUlzGEwe3Jz+s3HPfp71pt" +
        "7Bfr+8Wl1NjIN3KH86zjElfs2Iz9L/UtHV89pzvvlYfjuqWCm8u6cWcn6L7b60Iq" +
        "upcbD6uMJybZmom6yYvlcWrj++q3VITf5/zeR+PnTtphKYwHhLCcqDf4nF/RaFK6" +
        "IjC/eeECgYEA4SmiHxPw7lgJps30ND5grzpxU7KnooFCJWLU8HTojIDb1s+iM24I" +
        "YcAUvxkmxqumvL8YKf6IoEmWJpYnKt5GCaiJ55xDgi2ZOp1OVx9/XBTl0a/0FfUs" +
        "tE8BnUrBl6um5hZc8F7rdIcrpl3M8aPJbf3msQ1ygYKwTo3S5OXzXT0CgYEAtbxZ" +
        "O0L1WXPd3h3t9WJpYYBV9qkGQXkEBr5aWbg5HxgH3PvqnvoJ7oC7LWR9vaupld6l" +
        "5pPSRgBlW46yfMFWnmjDTRvKQtvlWqcCX52pcTVhYOdftCg8eJwXWNsf/cax3Zrt" +
        "iEAdOfW37l9RoR4KUzrPmp1Kr702smp+rT7U0vECgYAZwdJ67aQND+MiwsKhy1Ty" +
        "FqRqJ7DHhTPU5QZo72a+0+rSGvR6H6czz25QIgduiKpNQyr3eteURna3uUuHut+W" +
        "MUJ9TUHnvWGe8+nHS6IdHYLgxtkMPfy8L6GGpcuZlxhDj+FX2fPjY6cZo/dS2SKs" +
        "w3PFYz1rFVEn2095wdhiHQKBgQCEfVWIMJ5xoljjb2pldGNjI46IDl1zKehXijqQ" +
        "Ig/yrTA+WKGJWLwY1lyfER3iQt2VVwYXfTjUs8Ew6G0TKlgdkD6hXlssNueUGSFP" +
        "178Ju2LMpKFO0+6R9ynGK6m89zgAWMxGgodME+kNrQvzq9TXLI7hJz6ltAnGNIE5" +
        "iA7b4QKBgEDBe3sC7m4pXnAqIqCpdkSKeZyS5KJuRQFe8MGph0GFBah1Z9f1xwfV" +
        "ASuZ7uIH5CKq0O0mIMrJoPJpKRRSGuNHKCHtWxrliNPrNXLU6SJG3PECE0B7rKg2" +
        "/Xd6SvfzMnWe0kkNhQY5BIuzON6I7g/6nFxDw41rjx+sZ6vcD9pb";
}
