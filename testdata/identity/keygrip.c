/* Prints the keygrip of the public key S-expression on standard input.
   cc keygrip.c -lgcrypt */
#include <gcrypt.h>
#include <stdio.h>

int main(void) {
    static char text[100000];
    unsigned char grip[20];
    gcry_sexp_t key;
    size_t len = fread(text, 1, sizeof text - 1, stdin);
    gcry_check_version(NULL);
    if (gcry_sexp_new(&key, text, len, 1) || !gcry_pk_get_keygrip(key, grip))
        return 1;
    for (int i = 0; i < 20; i++)
        printf("%02x", grip[i]);
    puts("");
    return 0;
}
