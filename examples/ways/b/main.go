// The gateway serves the user interface that is built into it.
package main

import (
	"embed"
	"io/fs"
	"log"
	"net/http"
)

//go:embed dist
var files embed.FS

func main() {
	ui, err := fs.Sub(files, "dist")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", http.FileServerFS(ui)))
}
