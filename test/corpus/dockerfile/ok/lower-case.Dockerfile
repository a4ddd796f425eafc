from alpine as build
run true
from build
cmd ["sh"]
