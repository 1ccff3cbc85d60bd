package midstream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.json.JSONException;
import org.json.JSONObject;

/** Uploads files, which a question is then sent with. */
public final class FileUpload {
    private static final long TIMEOUT = 120_000; // milliseconds
    private static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .callTimeout(TIMEOUT, TimeUnit.MILLISECONDS)
            .writeTimeout(0, TimeUnit.MILLISECONDS)
            .readTimeout(0, TimeUnit.MILLISECONDS)
            .build();

    private FileUpload() {}

    /**
     * Uploads a file and returns its id, for a question that is asked within a day; throws IOException if the file
     * can't be read.
     */
    public static String upload(Access access, String conversation, Path path)
            throws IOException, Refused, Unreachable {
        RequestBody content = RequestBody.create(null, Files.readAllBytes(path));
        Request request = new Request.Builder()
                .url(address(access, conversation))
                .header("Authorization", "Bearer " + access.token())
                .post(new MultipartBody.Builder()
                        .setType(MultipartBody.FORM)
                        .addFormDataPart("file", path.getFileName().toString(), content)
                        .build())
                .build();
        JSONObject answer = send(request);
        if (answer.has("error")) {
            throw new Refused(answer.getString("error"), answer.optString("message"));
        }
        return answer.getString("id");
    }

    private static HttpUrl address(Access access, String conversation) {
        return HttpUrl.get(access.url())
                .newBuilder()
                .addPathSegments("api/conversations")
                .addPathSegment(conversation)
                .addPathSegment("files")
                .build();
    }

    /** Returns the server's answer. Others answer no JSON, or other JSON. */
    private static JSONObject send(Request request) throws Unreachable {
        try (Response response = CLIENT.newCall(request).execute()) {
            JSONObject answer = new JSONObject(response.body().string());
            if (answer.has("id") || answer.has("error")) {
                return answer;
            }
        } catch (IOException | JSONException e) {
            throw new Unreachable();
        }
        throw new Unreachable();
    }
}
