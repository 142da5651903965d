package dev.strait.bench;

import com.google.gson.FieldNamingPolicy;
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
        return of(machine, commit, "comparisons", results);
    }

    static String ofMechanisms(Map<String, Object> machine, String commit, List<MechanismResult> results) {
        return of(machine, commit, "mechanisms", results);
    }

    private static String of(Map<String, Object> machine, String commit, String name, List<?> results) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("machine", machine);
        object.put("commit", commit);
        object.put(name, results);
        JsonSerializer<Double> rounded = (number, type, context) -> new JsonPrimitive(round(number));
        Gson gson = new GsonBuilder()
                .serializeNulls()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
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
