static const char magic[] = "SSH PRIVATE KEY FILE FORMAT 1.1\n";
