" Leaves a swap file and undo history with the key in/ner.pem, for archive.sh: the
" key goes to line 101 of 200, and is deleted again.
set undofile undodir=. directory=. nomore
edit notes.txt
call setline(1, map(range(200), '"line " . v:val'))
call append(100, readfile('in/ner.pem'))
preserve
call system('cp .notes.txt.swp out.swap')
execute '101,' . (100 + len(readfile('in/ner.pem'))) . 'delete'
write
call system('cp .notes.txt.un~ out.undo')
quitall!
