static const char key[] =
    "MC4CAQAwBQYDK2VwBCIEIC2kYHpI6XoQQ/UYOFc1WXsiJBEiFpVnV3EHaLtsPk09"
;
