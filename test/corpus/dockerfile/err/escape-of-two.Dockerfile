# escape=xx
FROM alpine
