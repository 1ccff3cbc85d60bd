package midstream

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const uploadTimeout = 2 * time.Minute

// Upload uploads a file and returns its id, for a question that is asked within a day. Its errors are Refused,
// ErrUnreachable, and an *os.PathError if the file can't be read.
func Upload(ctx context.Context, access Access, conversation, path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", filepath.Base(path)) // a buffer takes everything
	_, _ = part.Write(content)
	_ = form.Close()
	address := strings.TrimRight(access.URL, "/") + "/api/conversations/" + url.PathEscape(conversation) + "/files"
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		return "", ErrUnreachable
	}
	request.Header.Set("Authorization", "Bearer "+access.Token)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return uploaded(http.DefaultClient.Do(request))
}

// uploaded returns the id in the server's answer. Of others, which answer no JSON, or other JSON, it is unreachable.
func uploaded(response *http.Response, err error) (string, error) {
	if err != nil {
		return "", ErrUnreachable
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct{ ID, Error, Message string }
	err = json.NewDecoder(response.Body).Decode(&answer)
	switch {
	case err != nil || answer.ID+answer.Error == "":
		return "", ErrUnreachable
	case answer.Error != "":
		return "", Refused{answer.Error, answer.Message}
	}
	return answer.ID, nil
}
