class Signer {
    const string Key =
        "<RSAKeyValue><Modulus>p/L6s+PPnjFVNbqK9QLSQZ5WRgXcylFBX/N1iUCv/zEO5FhuBD6TyLzuUkZTUAfb7+Jx" +
        "tLv6bK3AmLFVY8+g2CXTHtCQS11oz7r61n6ESlJDKhnrqb20w81jsy5JB7GZyel/o7ioDGOEJBy/dRTmPHuOa9Dywz" +
        "oHImmPjLdMXYxktgKTA6kAd+ErWhXQq5hga/lJMtql6j2ae46aLnqdY0Xp6NF3OfotpjjRxNKr6+1dxojBEpZhWaLi" +
        "d5HfusuxbLCEXlZpvhXqGgccWWE6xvmRkIt/twF1UlzdQbglUwKb4phoHBGhx3ZIJz9XmvAuzcP+/4lNmZL4nw3vFh" +
        "Gr1Q==</Modulus><Exponent>AQAB</Exponent><P>6BQLZke6diBGvRzQWlmu967kpSHl+k8jE5kCy+ZkQgRpxU" +
        "Ar4nB4imPH5ay2ESTW+HpaDQc1D0m+RD3jstADBF6HYZf4NJZj5wsnWwyQaUXMnIF7SrspB/sFEHDNgUloU3SdbkTK" +
        "Ru+xrSPo6wmFWDF9bfA5kc+KMX7TmXyJ+9M=</P><Q>uUK6v1rcE/ZWtKbFNZmzEY7n04epnDxTxuqYl0qmpxSsaVg" +
        "q7G3Wp/Ub31rybWo29ntdhFoS4u9/XxZMWsqi/niGygeclbemf5Lq+3Oa9XaYQEj6zCjP3yUdbv1nbPc8TAp9aJ14c" +
        "LSfaKDlXaX5MEyH0kpFXNdtdePfFSl1uLc=</Q><DP>KM79giqyuvrJ9Y8PhBOpFJyIUBE5413vCQ8q0rfcgU9NWgY" +
        "CsXqdd5g8GkLYcQNNWbwKAah2yA1ri4xmcZbqMOZ+X8bdOkIHpyTq8rOu4RQI+qw6BdYLTP/y0AVF3aoO0j37QNyPx" +
        "RF46L0bw9iUvgFV0PMg7GbWIgXvJ1oi2Uk=</DP><DQ>Ktt2CjiBuxh8vHPsIVc6JrCxjqzOnvcRxm2U+ULqxLIypH" +
        "giDennA5nfZc9LT+aHaoPlgW24+si+5YdqCILiLA5D2E7keXovyUl6lMsMqQZTeGOpqTszw4J5iaiTmZCkYU737hCn" +
        "wSL30aOPDBgOSo8ZyJsn6q9ngiNCA0pBEoc=</DQ><InverseQ>iNCJ47WPO5NybkKLwjETblXvhn3kDAbgOHGmNzx" +
        "RtMUQOHxV4YCtY7t33xGw/lAupt6sh45Mng3LU3bPgV2IX9Dwkg6J4zr9unPvwEtgrsH4iRyiBw2S7PpATU4hZSf5m" +
        "H0vGt3TMcbb5YBqhd/ZDqUPNbZUdnaK1b9tjdeU1E8=</InverseQ><D>EBagmXbrPpYvOXRjN1FL3ulSDmclXWQnR" +
        "Q/HZJyDv4htisZF07ZC5enjUpJWDMaT9QjWJ6ASPzLtzjK+oU8Uc2A8Nyl3iSCrl6qruLxp48y5jmDpSFtZ45/bOyD" +
        "l8gy7VLI/femEf5tQ3zy5wnd8DrMvU3iyqKz4Xf2KuMoeUJ+oU4kwWSoxmOOp9ZbXnE3oUA4O8/fywvt7DD+KNwDqX" +
        "mjwIqd9VTqt1ByfmcdejRUCQpKnZO7Eim/oenU2ccnqTX89zRgzM8KGl+s8wK/+Ii1Ym9kVL5IUPQ+GSWq6bdH/CXD" +
        "P5p/BohhAGVoHOdqrOdxl3e4+ZjMmtwduxs2RyQ==</D></RSAKeyValue>";
}
