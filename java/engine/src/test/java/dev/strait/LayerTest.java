package dev.strait;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
final class LayerTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.strait");

    @Test
    void segments_and_waiting_know_nothing_of_rings_and_synchronisation() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.strait", "dev.strait.segment", "dev.strait.wait", "dev.strait.internal")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.strait.ring", "dev.strait.sync", "dev.strait.share", "dev.strait.signal")
                .check(ENGINE);
    }

    @Test
    void rings_signals_and_synchronisation_know_nothing_of_each_other() {
        slices().matching("dev.strait.(ring|signal|sync)")
                .should()
                .notDependOnEachOther()
                .check(ENGINE);
    }

    @Test
    void concepts_do_not_depend_on_each_other_in_circles() {
        slices().matching(
                        "dev.strait.(descriptor|event|pipe|posix|program|ring|segment|share|signal|socket|sync|sysv|wait)")
                .should()
                .beFreeOfCycles()
                .check(ENGINE);
    }

    @Test
    void native_methods_live_in_native_classes() {
        ArchRuleDefinition.methods()
                .that(new DescribedPredicate<JavaMethod>("are native") {
                    @Override
                    public boolean test(JavaMethod method) {
                        return method.getModifiers().contains(JavaModifier.NATIVE);
                    }
                })
                .should()
                .beDeclaredInClassesThat()
                .haveNameMatching(".*(Native|NativeLibrary)")
                .check(ENGINE);
    }

    @Test
    void native_classes_are_nobodys_business() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Native")
                .should()
                .notBePublic()
                .check(ENGINE);
    }

    @Test
    void exceptions_of_failed_calls_are_made_in_one_place() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Failure")
                .should()
                .callConstructor(
                        ErrnoException.class, String.class, String.class, int.class, String.class, String.class)
                .orShould()
                .callConstructor(CorruptSegmentException.class, String.class)
                .check(ENGINE);
    }

    @Test
    void nothing_internal_of_the_jdk_is_used() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..")
                .check(ENGINE);
    }
}
