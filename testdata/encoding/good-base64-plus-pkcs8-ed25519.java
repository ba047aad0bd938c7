class Gate {
    static final String KEY =
        "MC4CAQAwBQYDK2VwBCIEIC2kYHpI6XoQQ/UYOFc1WXsiJBEiFpVnV3EHaLtsPk09";
}
