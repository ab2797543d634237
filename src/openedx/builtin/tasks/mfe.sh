# Pages that the micro-frontends took over; a flag that is there stays as it is.
cd /openedx/edx-platform
python manage.py lms populate_retirement_states
flags=$(python manage.py lms waffle_flag --list)
for flag in \
  learner_home_mfe.enabled \
  course_home.course_home_mfe_progress_tab \
  courseware.enable_navigation_sidebar \
  discussions.enable_discussions_mfe \
  discussions.enable_learners_tab_in_discussions_mfe \
  discussions.enable_new_structure_discussions \
  openresponseassessment.enhanced_staff_grader; do
  case "$flags" in
    *"$flag"*) ;;
    *) python manage.py lms waffle_flag --create --everyone "$flag" ;;
  esac
done
