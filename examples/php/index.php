<?php

const VERSION = '1';

header('Content-Type: text/plain');
echo 'php ', VERSION, "\n";
