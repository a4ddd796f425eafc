FROM alpine
COYP a b
