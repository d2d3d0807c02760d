// Multipart bodies as Go's mime/multipart takes them apart, many in one process.
//
// Frames as in ../java/C14n.java. Request: the header fields, the body. Reply: the name of a reader and what it found in a part, again
// and again.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"strings"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		request, err := read(in)
		if err != nil {
			return
		}
		var reply [][]byte
		headers := append(append([]byte{}, request[0]...), "\r\n"...)
		fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(headers))).ReadMIMEHeader()
		if err == nil {
			reply = found(fields, bytes.NewReader(request[1]), 0)
		}
		write(out, reply)
	}
}

func found(fields textproto.MIMEHeader, body io.Reader, depth int) [][]byte {
	kind, parameters, err := mime.ParseMediaType(fields.Get("Content-Type"))
	if err == nil && depth < 8 && strings.HasPrefix(kind, "multipart/") {
		var parts [][]byte
		reader := multipart.NewReader(body, parameters["boundary"])
		for {
			// It takes quoted-printable off by itself.
			part, err := reader.NextPart()
			if err != nil {
				return parts
			}
			parts = append(parts, found(part.Header, part, depth+1)...)
		}
	}
	if strings.EqualFold(strings.TrimSpace(fields.Get("Content-Transfer-Encoding")), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	octets, err := io.ReadAll(body)
	if err != nil {
		return nil
	}
	return [][]byte{[]byte("mime/multipart"), octets}
}

func read(in io.Reader) ([][]byte, error) {
	var count uint32
	if err := binary.Read(in, binary.BigEndian, &count); err != nil {
		return nil, err
	}
	fields := make([][]byte, count)
	for i := range fields {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); err != nil {
			return nil, err
		}
		fields[i] = make([]byte, length)
		if _, err := io.ReadFull(in, fields[i]); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

func write(out *bufio.Writer, fields [][]byte) {
	_ = binary.Write(out, binary.BigEndian, uint32(len(fields)))
	for _, field := range fields {
		_ = binary.Write(out, binary.BigEndian, uint32(len(field)))
		_, _ = out.Write(field)
	}
	_ = out.Flush()
}
