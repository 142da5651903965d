package dev.strait.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results as others read them. */
final class Json {
    private static final MathContext DIGITS = new MathContext(6);

    private Json() {}

    static String of(Map<String, Object> machine, String commit, List<Result> results) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("machine", machine);
        object.put("commit", commit);
        object.put("comparisons", results);
        JsonSerializer<Double> rounded = (number, type, context) -> new JsonPrimitive(round(number));
        Gson gson = new GsonBuilder()
                .serializeNulls()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .registerTypeAdapter(Double.class, rounded)
                .create();
        return gson.toJson(object) + "\n";
    }

    /** Six digits say more than any measurement knows. */
    static BigDecimal round(double number) {
        BigDecimal rounded = new BigDecimal(number, DIGITS).stripTrailingZeros();
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }
}
